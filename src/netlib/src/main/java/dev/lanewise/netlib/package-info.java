/** Drop-in BLAS for users of netlib (dev.ludovic.netlib, fommil) and for Spark MLlib. */
@NullMarked
package dev.lanewise.netlib;

import org.jspecify.annotations.NullMarked;
