/**
 * Elementary functions on whole vectors, from +, -, *, /, square root, fma, comparison with blend
 * and integer shifts alone: the same bits on every processor, at every width, in the interpreter
 * and in the scalar twin that a kernel's tail calls.
 *
 * <p>Every function has both forms under one name. The vector bodies call methods of the JDK only,
 * so that C2 inlines them into the loop of a kernel; a loop calls two of them at most.
 *
 * <p>An error is given in ULP: units in the last place of the float nearest to the exact result.
 */
@NullMarked
package dev.lanewise.simd.math;

import org.jspecify.annotations.NullMarked;
