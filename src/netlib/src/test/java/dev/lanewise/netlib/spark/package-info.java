@NullMarked
package dev.lanewise.netlib.spark;

import org.jspecify.annotations.NullMarked;
