/** Reading what HotSpot prints. */
@NullMarked
package dev.lanewise.jmh.tracker.gate;

import org.jspecify.annotations.NullMarked;
