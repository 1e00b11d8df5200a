// The errors that operations share are in one closed fold after the operation's own answers: unfolded, they are nine
// tenths of its height. A document marks them with x-shared.
const isShared = (answer) => answer?.get?.("x-shared") === true;

export const folded = () => ({
  wrapComponents: {
    responses:
      (Responses, { React }) =>
      (props) => {
        const [isOpen, setOpen] = React.useState(false);
        const { responses, path } = props;
        const shared = responses.filter(isShared);
        const own = React.createElement(Responses, { ...props, responses: responses.filterNot(isShared) });
        if (shared.size === 0) return own;
        // Another path is another id of the table; tryItOutResponse is shown above.
        const changed = { responses: shared, path: `${path} shared`, tryItOutResponse: undefined };
        const onToggle = ({ currentTarget }) => setOpen(currentTarget.open);
        const summary = `Errors that operations share: ${shared.keySeq().join(", ")}`;
        const fold = [React.createElement("summary", { key: "summary" }, summary)];
        if (isOpen) fold.push(React.createElement(Responses, { ...props, ...changed, key: "answers" }));
        return React.createElement(
          React.Fragment,
          null,
          own,
          React.createElement("details", { className: "shared", onToggle }, fold),
        );
      },
  },
});
