@NullMarked
package dev.lanewise.kernel.shape;

import org.jspecify.annotations.NullMarked;
