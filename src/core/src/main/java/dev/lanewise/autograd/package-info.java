/**
 * Reverse-mode differentiation: tensors, the tape, and the differentiable ops by family. An op is a
 * shape check, one kernel call split over workers, and one vector-Jacobian product left on the
 * tape; nothing is computed here.
 */
@NullMarked
package dev.lanewise.autograd;

import org.jspecify.annotations.NullMarked;
