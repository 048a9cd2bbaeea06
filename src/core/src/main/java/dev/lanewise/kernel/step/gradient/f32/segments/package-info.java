/** What is done to gradients on native segments. */
@NullMarked
package dev.lanewise.kernel.step.gradient.f32.segments;

import org.jspecify.annotations.NullMarked;
