@NullMarked
package dev.lanewise.blas;

import org.jspecify.annotations.NullMarked;
