/** Trains a network that tells images apart. */
@NullMarked
package dev.lanewise.cli.images;

import org.jspecify.annotations.NullMarked;
