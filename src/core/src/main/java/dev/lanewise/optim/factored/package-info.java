/** Methods that keep less state than one number for each parameter. */
@NullMarked
package dev.lanewise.optim.factored;

import org.jspecify.annotations.NullMarked;
