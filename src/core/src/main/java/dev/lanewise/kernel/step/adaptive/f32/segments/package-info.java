/** Steps with a rate for each parameter, on native segments. */
@NullMarked
package dev.lanewise.kernel.step.adaptive.f32.segments;

import org.jspecify.annotations.NullMarked;
