/** What training, sampling and files need to know of a language model, whatever is inside it. */
@NullMarked
package dev.lanewise.cli.model;

import org.jspecify.annotations.NullMarked;
