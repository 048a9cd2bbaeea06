/** The transformer as a language model of the command line. */
@NullMarked
package dev.lanewise.cli.model.gpt;

import org.jspecify.annotations.NullMarked;
