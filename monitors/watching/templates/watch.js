(function () {
  "use strict";
  var root = document.documentElement, written = +root.dataset.written, stale = +root.dataset.stale;
  function look() {
    var age = Date.now() / 1000 - written;
    if (age > stale) {
      root.className = "old";
      document.getElementById("age").textContent = Math.round(age / 60) + " min";
    }
  }
  look();
  setInterval(look, 5000);
})();
