/** Part of a house that breaks every rule once. */
@NullMarked
package dev.lanewise.architecture.offending.memory;

import org.jspecify.annotations.NullMarked;
