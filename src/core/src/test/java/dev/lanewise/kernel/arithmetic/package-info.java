@NullMarked
package dev.lanewise.kernel.arithmetic;

import org.jspecify.annotations.NullMarked;
