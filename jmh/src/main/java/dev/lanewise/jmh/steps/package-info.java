/** Optimizer steps beside the limit of memory. */
@NullMarked
package dev.lanewise.jmh.steps;

import org.jspecify.annotations.NullMarked;
