/** The byte-level language model: its parameters and file, its training, its samples. */
@NullMarked
package dev.lanewise.cli.model;

import org.jspecify.annotations.NullMarked;
