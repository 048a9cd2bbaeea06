/** One step of a recurrent layer behind its matrix products, and the gradients of it. */
@NullMarked
package dev.lanewise.kernel.recurrent;

import org.jspecify.annotations.NullMarked;
