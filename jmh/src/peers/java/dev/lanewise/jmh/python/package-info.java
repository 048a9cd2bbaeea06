/**
 * Whole training steps beside those of PyTorch in a Python of its own, compiled by the profile
 * peers alone. The other side is {@code jmh/src/peers/python/training.py}.
 */
@NullMarked
package dev.lanewise.jmh.python;

import org.jspecify.annotations.NullMarked;
