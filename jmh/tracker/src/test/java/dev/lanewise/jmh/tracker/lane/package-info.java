@NullMarked
package dev.lanewise.jmh.tracker.lane;

import org.jspecify.annotations.NullMarked;
