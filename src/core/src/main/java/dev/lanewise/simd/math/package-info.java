/**
 * Elementary functions on whole vectors, from +, -, *, /, square root, fma, comparison with blend
 * and integer shifts alone: the same bits on every processor, at every width, in the interpreter
 * and in the scalar twin that a kernel's tail calls.
 *
 * <p>Every function has both forms under one name. The vector bodies call methods of the JDK only,
 * and are of at most 325 bytes of code, so that C2 inlines them into the loop of a kernel; a loop
 * calls two of them at most. Erfc, softplus and pow are two such methods each, and a loop that
 * calls one of them calls no other.
 *
 * <p>An error is given in ULP: units in the last place of the float nearest to the exact result.
 */
@NullMarked
package dev.lanewise.simd.math;

import org.jspecify.annotations.NullMarked;
