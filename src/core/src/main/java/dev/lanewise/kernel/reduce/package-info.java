/** Sums over rows and columns in an order that neither the width nor the split can change. */
@NullMarked
package dev.lanewise.kernel.reduce;

import org.jspecify.annotations.NullMarked;
