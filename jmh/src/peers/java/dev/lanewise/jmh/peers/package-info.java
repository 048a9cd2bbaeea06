/**
 * Matrix products of other libraries beside ours, compiled by the Maven profile {@code peers}
 * alone. One fork runs one library with one number of threads. Native libraries are called through
 * the foreign-function interface, each from its own file: in one JVM two of them export the same
 * names.
 */
@NullMarked
package dev.lanewise.jmh.peers;

import org.jspecify.annotations.NullMarked;
