/** Methods that give each parameter a step in proportion to its norm. */
@NullMarked
package dev.lanewise.optim.layerwise;

import org.jspecify.annotations.NullMarked;
