/**
 * Whole training steps beside those of libtorch, in one JVM, compiled by the profile peers alone.
 */
@NullMarked
package dev.lanewise.jmh.training;

import org.jspecify.annotations.NullMarked;
