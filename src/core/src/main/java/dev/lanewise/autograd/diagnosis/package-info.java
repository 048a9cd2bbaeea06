/**
 * Why does a network not learn: activations, gradients and updates by layer with a verdict, and the
 * op and the line of code that made the first NaN. Works on any model, through its tape.
 */
@NullMarked
package dev.lanewise.autograd.diagnosis;

import org.jspecify.annotations.NullMarked;
