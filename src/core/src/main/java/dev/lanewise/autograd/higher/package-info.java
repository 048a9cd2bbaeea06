/**
 * Derivatives of any order, in double precision: each rule of differentiation is written with ops
 * that can be differentiated themselves.
 */
@NullMarked
package dev.lanewise.autograd.higher;

import org.jspecify.annotations.NullMarked;
