/** Tests of the transformer. */
@NullMarked
package dev.lanewise.nn.transformer;

import org.jspecify.annotations.NullMarked;
