/** Layers: named parameters and one call into autograd each. Initialisers. */
@NullMarked
package dev.lanewise.nn;

import org.jspecify.annotations.NullMarked;
