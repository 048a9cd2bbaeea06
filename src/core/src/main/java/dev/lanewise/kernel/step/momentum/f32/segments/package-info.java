/** Steps along the gradient, a velocity or its sign, on native segments. */
@NullMarked
package dev.lanewise.kernel.step.momentum.f32.segments;

import org.jspecify.annotations.NullMarked;
