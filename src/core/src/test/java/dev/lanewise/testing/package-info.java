/** What the tests of all kernels share: awkward sizes, guarded operands, allocation meters. */
@NullMarked
package dev.lanewise.testing;

import org.jspecify.annotations.NullMarked;
