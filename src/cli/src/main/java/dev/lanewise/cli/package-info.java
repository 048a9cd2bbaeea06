/**
 * The command line: {@code train}, {@code sample}, {@code doctor}, and the restart with the vector
 * module.
 */
@NullMarked
package dev.lanewise.cli;

import org.jspecify.annotations.NullMarked;
