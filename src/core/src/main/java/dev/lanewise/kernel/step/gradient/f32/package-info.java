/** The gradient as all steps take it. */
@NullMarked
package dev.lanewise.kernel.step.gradient.f32;

import org.jspecify.annotations.NullMarked;
