/**
 * What the ops of the tape compute, in double precision: each written as its definition, with ops
 * that can be differentiated any number of times. For checks of what is made of them; nothing is
 * fused here, and nothing is fast. What is missing is in {@code autograd.higher} under the same
 * name.
 */
@NullMarked
package dev.lanewise.autograd.reference;

import org.jspecify.annotations.NullMarked;
