/** Writes the reference numbers of PyTorch that the tests of the kernels read. */
@NullMarked
package dev.lanewise.jmh.vectors;

import org.jspecify.annotations.NullMarked;
