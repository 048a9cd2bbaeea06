/** Random numbers that are a function of where they are used: nothing is drawn, nothing stored. */
@NullMarked
package dev.lanewise.kernel.random;

import org.jspecify.annotations.NullMarked;
