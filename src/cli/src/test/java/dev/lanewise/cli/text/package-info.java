/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.text;

import org.jspecify.annotations.NullMarked;
