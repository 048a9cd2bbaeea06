/** Steps on the caller's own memory, held to their formulas. */
@NullMarked
package dev.lanewise.optim.step.f32;

import org.jspecify.annotations.NullMarked;
