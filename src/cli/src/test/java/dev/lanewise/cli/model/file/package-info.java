/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.model.file;

import org.jspecify.annotations.NullMarked;
