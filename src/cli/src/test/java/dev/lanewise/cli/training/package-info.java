/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.training;

import org.jspecify.annotations.NullMarked;
