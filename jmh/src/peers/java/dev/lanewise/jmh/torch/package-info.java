/**
 * Element-wise and row kernels beside those of libtorch, in one JVM, compiled by the Maven profile
 * {@code peers} alone.
 */
@NullMarked
package dev.lanewise.jmh.torch;

import org.jspecify.annotations.NullMarked;
