/** What noise cannot blur: allocation, failed compilations, and the code that C2 made. */
@NullMarked
package dev.lanewise.jmh.tracker.gate;

import org.jspecify.annotations.NullMarked;
