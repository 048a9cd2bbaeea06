/** Part of a house that breaks every rule once. */
@NullMarked
package dev.lanewise.architecture.offending.kernel.step;

import org.jspecify.annotations.NullMarked;
