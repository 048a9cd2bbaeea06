/** Axes and heat maps. */
@NullMarked
package dev.lanewise.jmh.tracker.explore;

import org.jspecify.annotations.NullMarked;
