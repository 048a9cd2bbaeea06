/**
 * Tokens, the units that a model reads and writes: bytes, or pairs of bytes merged again and again.
 */
@NullMarked
package dev.lanewise.cli.text;

import org.jspecify.annotations.NullMarked;
