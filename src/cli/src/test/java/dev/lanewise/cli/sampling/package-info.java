/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.sampling;

import org.jspecify.annotations.NullMarked;
