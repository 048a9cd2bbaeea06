/** Tests as the specification of the command line. */
@NullMarked
package dev.lanewise.cli.model;

import org.jspecify.annotations.NullMarked;
