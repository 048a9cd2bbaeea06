/** Kernels of one element at a time, and losses that are sums over elements. */
@NullMarked
package dev.lanewise.jmh.elements;

import org.jspecify.annotations.NullMarked;
