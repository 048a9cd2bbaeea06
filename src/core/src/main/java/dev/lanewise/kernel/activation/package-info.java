/** What the activations on segments and on arrays share. */
@NullMarked
package dev.lanewise.kernel.activation;

import org.jspecify.annotations.NullMarked;
