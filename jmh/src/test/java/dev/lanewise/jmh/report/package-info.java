@NullMarked
package dev.lanewise.jmh.report;

import org.jspecify.annotations.NullMarked;
