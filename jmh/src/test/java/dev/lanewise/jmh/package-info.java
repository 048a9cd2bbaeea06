@NullMarked
package dev.lanewise.jmh;

import org.jspecify.annotations.NullMarked;
