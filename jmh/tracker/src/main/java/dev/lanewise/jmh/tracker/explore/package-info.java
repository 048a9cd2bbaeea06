/** A benchmark over a grid of parameters. */
@NullMarked
package dev.lanewise.jmh.tracker.explore;

import org.jspecify.annotations.NullMarked;
