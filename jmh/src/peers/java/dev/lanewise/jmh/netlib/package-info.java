/** Calls through the interface of netlib: ours, and what netlib has itself. */
@NullMarked
package dev.lanewise.jmh.netlib;

import org.jspecify.annotations.NullMarked;
