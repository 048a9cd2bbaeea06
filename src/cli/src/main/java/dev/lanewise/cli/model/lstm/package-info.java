/** Long short-term memory as a language model of the command line. */
@NullMarked
package dev.lanewise.cli.model.lstm;

import org.jspecify.annotations.NullMarked;
