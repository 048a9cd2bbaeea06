/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.report;

import org.jspecify.annotations.NullMarked;
