/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.corpus;

import org.jspecify.annotations.NullMarked;
